using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Operators;

namespace Gristmill.Runtime;

/// <summary>
/// A subtask's watermarks in a checkpoint: for each operator its name, the watermark it had acted on and the one it had
/// handed on. Without them a window that has fired would open again for a record that was late.
/// </summary>
internal static class WatermarkBlock
{
    public const string Name = "watermarks";

    public static void Add(SubtaskSnapshot snapshot, string task, int subtask, ChainOperator[] operators)
    {
        var payload = new ByteWriter();
        foreach (ChainOperator op in operators)
        {
            payload.WriteString(op.Name);
            payload.WriteVarInt(op.WatermarkIn);
            payload.WriteVarInt(op.WatermarkOut);
        }

        var header = new BlockHeader { Operator = task, Name = Name, Kind = BlockKind.Watermarks, Subtask = subtask, Entries = operators.Length };
        snapshot.AddBlock(header, payload);
    }

    public static IEnumerable<(string Operator, int Subtask, long In, long Out)> Read(BlockHeader header, ReadOnlySpan<byte> payload)
    {
        var reader = new ByteReader(payload);
        var watermarks = new List<(string, int, long, long)>();
        while (reader.Remaining > 0)
            watermarks.Add((reader.ReadString(), header.Subtask, reader.ReadVarInt(), reader.ReadVarInt()));
        return watermarks;
    }
}
