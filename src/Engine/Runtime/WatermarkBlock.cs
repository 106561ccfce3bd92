using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Operators;

namespace Gristmill.Runtime;

/// <summary>
/// A subtask's watermarks in a checkpoint: for its input and for each operator a name, the watermark it had acted on and the
/// one it had handed on; and for key groups that had come further, how far. Without them a window that has fired would open again for a record that was late.
/// </summary>
internal static class WatermarkBlock
{
    public const string Name = "watermarks";

    /// <summary>The name of a task's input, which no operator has.</summary>
    public static string InputOf(string task) => $"{task}/input";

    /// <summary>The name of one of an operator's key groups.</summary>
    public static string GroupOf(string op, int group) => $"{op}/group-{group.ToString(CultureInfo.InvariantCulture)}";

    public static void Add(SubtaskSnapshot snapshot, string task, int subtask, long input, ChainOperator[] operators)
    {
        var payload = new ByteWriter();
        int entries = 1;
        Write(payload, InputOf(task), input, input);
        foreach (ChainOperator op in operators)
        {
            Write(payload, op.Name, op.WatermarkIn, op.WatermarkOut);
            entries++;
            foreach ((int group, long watermark) in op.GroupsAhead)
            {
                Write(payload, GroupOf(op.Name, group), watermark, watermark);
                entries++;
            }
        }

        var header = new BlockHeader { Operator = task, Name = Name, Kind = BlockKind.Watermarks, Subtask = subtask, Entries = entries };
        snapshot.AddBlock(header, payload);
    }

    private static void Write(ByteWriter payload, string name, long watermarkIn, long watermarkOut)
    {
        payload.WriteString(name);
        payload.WriteVarInt(watermarkIn);
        payload.WriteVarInt(watermarkOut);
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
