using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gristmill.Protocol.Tests.Model;

/// <summary>Writes a world down, so that two worlds are the same exactly if their 128-bit digests are.</summary>
internal sealed class Encoder
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public void Clear() => Length = 0;

    public void Byte(int value)
    {
        if ((uint)value > 255) throw new ArgumentOutOfRangeException(nameof(value), value, "The model's numbers are small.");
        if (Length == _bytes.Length) Array.Resize(ref _bytes, 2 * _bytes.Length);
        _bytes[Length++] = (byte)value;
    }

    public void Long(long value)
    {
        if (Length + 8 > _bytes.Length) Array.Resize(ref _bytes, 2 * _bytes.Length);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(Length), value);
        Length += 8;
    }

    public void Time(long? value) => Byte(value is null ? 255 : (int)value);

    public void Head(HeadRecord? head)
    {
        Byte(head is null ? 0 : 1);
        if (head is null) return;

        // The manifest's name says who wrote it; what is older follows from the history up to here.
        Byte((int)head.Generation.Value);
        Byte((int)head.Version);
        Byte((int)(head.Newest?.Checkpoint.Value ?? 0));
        Byte(head.Newest is null ? 0 : head.Newest.Name[1] - '0');
    }

    public void Coordinator(CoordinatorState state)
    {
        Byte((int)state.Generation.Value);
        Byte((int)state.Phase);
        Byte((int)state.NextId.Value);
        Byte((int)state.LastCommitted.Value);
        Byte((int)state.Ended.Mask);
        Byte(state.StopRequested ? 1 : 0);
        Byte(state.FailuresInARow);
        Time(state.NowMs);
        Time(state.LastBegunMs);
        Time(state.LastEndedMs);
        Time(state.WakeAtMs);
        Requests(state.Waiting);
        Byte(state.Open.Length);
        foreach (var open in state.Open)
        {
            Byte((int)open.Id.Value);
            Byte((int)open.Kind);
            Byte((int)open.Stage);
            Byte((int)open.Acks.Mask);
            Time(open.BegunMs);
            Requests(open.Answers);
        }
    }

    public void Alignment(AlignmentState state)
    {
        Byte((int)state.DoneUpTo.Value);
        Byte((int)state.NewestSeen.Value);
        Byte((int)state.Held.Mask);
        Byte(state.Pending.Length);
        foreach (var pending in state.Pending)
        {
            Byte((int)pending.Id.Value);
            Byte((int)pending.Arrived.Mask);
        }

        Byte((int)(state.Overtaken?.Id.Value ?? 0));
        Byte((int)(state.Overtaken?.Arrived.Mask ?? 0));
        Byte(state.Abandoned.Length);
        foreach (var id in state.Abandoned) Byte((int)id.Value);
    }

    /// <summary>Encodes items so that their order makes no difference: a network has none.</summary>
    public void InNoOrder<T>(IEnumerable<T> items, Action<T, Encoder> encode, List<int> ends)
    {
        ends.Clear();
        var start = Length;
        foreach (var item in items)
        {
            encode(item, this);
            ends.Add(Length);
        }

        SortPieces(start, ends);
    }

    private void SortPieces(int start, List<int> ends)
    {
        if (ends.Count < 2) return;
        var pieces = new byte[ends.Count][];
        for (int i = 0, from = start; i < pieces.Length; from = ends[i++]) pieces[i] = _bytes[from..ends[i]];
        Array.Sort(pieces, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var at = start;
        foreach (var piece in pieces)
        {
            piece.CopyTo(_bytes, at);
            at += piece.Length;
        }
    }

    public UInt128 Digest()
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(_bytes.AsSpan(0, Length), digest);
        return BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    private void Requests(System.Collections.Immutable.ImmutableArray<CheckpointRequest> requests)
    {
        Byte(requests.Length);
        foreach (var request in requests) Byte((int)request.Kind);
    }
}
