using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gristmill.Bench;

/// <summary>
/// What is drawn for a run of bids, field by field. Whether something is hot is as good as a coin's toss, so both cases
/// are drawn and one is chosen without a branch that would be mispredicted.
/// </summary>
/// <param name="room">Where the draws are kept: <see cref="Room"/> numbers.</param>
internal readonly ref struct BidDraws(Span<long> room)
{
    /// <summary>The most bids there are between two persons.</summary>
    public const int Most = 46;

    /// <summary>What all fields need.</summary>
    public const int Room = 5 * Stride;

    // The last lanes may be drawn for nobody.
    private const int Stride = (Most + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    private readonly Span<long> _room = room;

    public ReadOnlySpan<long> Auctions => _room[..Stride];

    public ReadOnlySpan<long> Bidders => _room.Slice(Stride, Stride);

    public ReadOnlySpan<long> Prices => _room.Slice(2 * Stride, Stride);

    /// <summary>Indexes of channel and page.</summary>
    public ReadOnlySpan<long> Sites => _room.Slice(3 * Stride, Stride);

    public ReadOnlySpan<long> Pads => _room.Slice(4 * Stride, Stride);

    /// <summary>Draws for <paramref name="count"/> bids of a group, the first of them from <paramref name="start"/>.</summary>
    public void Make(ulong start, long group, int count)
    {
        long lastAuction = group * Ids.AuctionsPerGroup + Ids.AuctionsPerGroup - 1;
        if (Lanes.AreFast)
            MakeLanes(start, lastAuction, group, count);
        else
            MakeOneByOne(start, lastAuction, group, count);
    }

    internal void MakeOneByOne(ulong start, long lastAuction, long lastPerson, int count)
    {
        long auctions = Math.Min(lastAuction + 1, Ids.ActiveAuctions);
        long persons = Math.Min(lastPerson + 1, Ids.ActivePersons);
        for (int i = 0; i < count; i++, start += Draw.PerEvent)
        {
            long hotChannel = Draw.Pick(Draw.Number(start, 7), Texts.HotChannels);
            long channel = Texts.HotChannels + Draw.Pick(Draw.Number(start, 7), Texts.Channels - Texts.HotChannels);
            long auction = lastAuction - Draw.Pick(Draw.Number(start, 2), auctions);
            long person = lastPerson - Draw.Pick(Draw.Number(start, 4), persons);
            _room[i] = Ids.First + Choose(Draw.Pick(Draw.Number(start, 1), 2), Ids.Hot(lastAuction), auction);
            _room[Stride + i] = Ids.First + Choose(Draw.Pick(Draw.Number(start, 3), 4), Ids.Hot(lastPerson), person);
            _room[2 * Stride + i] = Draw.Price(Draw.Number(start, 5));
            _room[3 * Stride + i] = Choose(Draw.Pick(Draw.Number(start, 6), 2), hotChannel, channel);
            _room[4 * Stride + i] = Draw.Pick(Draw.Number(start, 8), Texts.Pads);
        }
    }

    internal void MakeLanes(ulong start, long lastAuction, long lastPerson, int count)
    {
        long auctions = Math.Min(lastAuction + 1, Ids.ActiveAuctions);
        long persons = Math.Min(lastPerson + 1, Ids.ActivePersons);
        Vector256<ulong> newestAuction = Vector256.Create((ulong)(Ids.First + lastAuction));
        Vector256<ulong> newestPerson = Vector256.Create((ulong)(Ids.First + lastPerson));
        Vector256<ulong> hotAuction = Vector256.Create((ulong)(Ids.First + Ids.Hot(lastAuction)));
        Vector256<ulong> hotPerson = Vector256.Create((ulong)(Ids.First + Ids.Hot(lastPerson)));
        Vector256<ulong> hotChannels = Vector256.Create((ulong)Texts.HotChannels);
        Span<Vector256<ulong>> lanes = MemoryMarshal.Cast<long, Vector256<ulong>>(_room);
        Vector256<ulong> starts = Lanes.Starts(start);
        for (int i = 0; i * Lanes.Count < count; i++)
        {
            Vector256<ulong> auction = newestAuction - Lanes.Pick(Lanes.Number(starts, 2), auctions);
            Vector256<ulong> person = newestPerson - Lanes.Pick(Lanes.Number(starts, 4), persons);
            Vector256<ulong> channelDraw = Lanes.Number(starts, 7);
            Vector256<ulong> channel = hotChannels + Lanes.Pick(channelDraw, Texts.Channels - Texts.HotChannels);
            lanes[i] = Lanes.Choose(Lanes.Pick(Lanes.Number(starts, 1), 2), hotAuction, auction);
            lanes[Stride / Lanes.Count + i] = Lanes.Choose(Lanes.Pick(Lanes.Number(starts, 3), 4), hotPerson, person);
            lanes[2 * Stride / Lanes.Count + i] = Lanes.Price(Lanes.Number(starts, 5));
            lanes[3 * Stride / Lanes.Count + i]
                = Lanes.Choose(Lanes.Pick(Lanes.Number(starts, 6), 2), Lanes.Pick(channelDraw, Texts.HotChannels), channel);
            lanes[4 * Stride / Lanes.Count + i] = Lanes.Pick(Lanes.Number(starts, 8), Texts.Pads);
            starts += Vector256.Create(unchecked(Lanes.Count * Draw.PerEvent));
        }
    }

    /// <summary>The first if <paramref name="chance"/> (0 or more) is more than 0, else the second.</summary>
    private static long Choose(long chance, long ifMore, long ifZero) => ifMore ^ ((ifMore ^ ifZero) & ((chance - 1) >> 63));
}
