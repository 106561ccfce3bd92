using Gristmill.Checkpoints;
using Gristmill.Codec;

namespace Gristmill.Runtime;

/// <summary>Everything a sink's subtask has staged up to a barrier that no committed checkpoint has published.</summary>
internal sealed class StagedEpochs<TStaged>(
    string operatorName, int subtask, IReadOnlyList<(long Epoch, Task<StagedOutput<TStaged>?> Output)> epochs) : IStagedEpochs
{
    public string Operator => operatorName;

    public int Subtask => subtask;

    public async Task<(BlockHeader Header, ByteWriter Payload, object Staged)?> CompleteAsync()
    {
        var staged = new List<Staged<TStaged>>();
        foreach ((long epoch, Task<StagedOutput<TStaged>?> output) in epochs)
        {
            if (await output is { } done)
                staged.Add(new Staged<TStaged>(epoch, subtask, done.Value));
        }

        if (staged.Count == 0)
            return null;
        Codec<List<Staged<TStaged>>> codec = Codecs.For<List<Staged<TStaged>>>();
        var payload = new ByteWriter();
        codec.Write(payload, in staged);
        var schema = new ByteWriter();
        codec.Schema.WriteTo(schema);
        var header = new BlockHeader
        {
            Operator = operatorName,
            Name = "staged",
            Kind = BlockKind.Staged,
            Subtask = subtask,
            Entries = staged.Count,
            ValueSchema = schema.ToArray(),
        };
        return (header, payload, staged);
    }

    public static List<Staged<TStaged>> Decode(ReadOnlySpan<byte> valueSchema, ReadOnlySpan<byte> payload)
    {
        var schema = new ByteReader(valueSchema);
        var reader = new ByteReader(payload);
        return Codecs.For<List<Staged<TStaged>>>(Schema.ReadFrom(ref schema)).Read(ref reader);
    }
}
