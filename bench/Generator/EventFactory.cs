using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Gristmill.Bench;

/// <summary>
/// Makes events, in place. Of every 50 the first is a person, the next three are auctions and the rest are bids, so a
/// run of bids shares all that is known of persons and auctions so far.
/// </summary>
internal sealed class EventFactory(EventNumbers numbers)
{
    private const int Group = 50;
    private const int BidsFrom = Group - BidDraws.Most;

    private readonly long _longestAuction = Math.Max(2 * (1666 * 1000 / numbers.Rate), 1);

    /// <summary>Fills all slots, from a place in the stream on.</summary>
    public void Fill(Span<NexmarkEvent> slots, long place)
    {
        if (numbers.Shuffle == 1)
            FillInOrder(slots, place);
        else
            FillShuffled(slots, place);
    }

    private void FillShuffled(Span<NexmarkEvent> slots, long place)
    {
        EventNumbers.ShuffledNumbers order = numbers.From(place);
        for (int i = 0; i < slots.Length; i++)
            FillInOrder(slots.Slice(i, 1), order.Next());
    }

    private void FillInOrder(Span<NexmarkEvent> slots, long number)
    {
        var draws = new BidDraws(stackalloc long[BidDraws.Room]);
        EventClock clock = EventClock.At(number, numbers.Rate);
        (long group, long inGroup) = Math.DivRem(number, Group);
        while (slots.Length > 0)
        {
            int run;
            if (inGroup < BidsFrom)
            {
                slots[0] = new NexmarkEvent { Entity = MakeEntity(number, group, inGroup, clock.Now), DateTime = clock.Now };
                clock.Advance();
                run = 1;
            }
            else
            {
                run = (int)Math.Min(slots.Length, Group - inGroup);
                FillBids(slots[..run], number, group, draws, ref clock);
            }

            slots = slots[run..];
            number += run;
            inGroup += run;
            if (inGroup == Group)
            {
                group++;
                inGroup = 0;
            }
        }
    }

    private object MakeEntity(long number, long group, long inGroup, long time)
    {
        ulong draws = Draw.Start(numbers.Seed, number);
        return inGroup == 0 ? MakePerson(draws, group, time) : MakeAuction(draws, group, group * Ids.AuctionsPerGroup + inGroup - 1, time);
    }

    private static NewPerson MakePerson(ulong draws, long lastPerson, long time)
    {
        long id = Ids.First + lastPerson;
        return new NewPerson(
            id,
            Texts.Name[Draw.Pick(Draw.Number(draws, 1), Texts.First.Length) * Texts.Last.Length + Draw.Pick(Draw.Number(draws, 2), Texts.Last.Length)],
            string.Create(CultureInfo.InvariantCulture, stackalloc char[40], $"p{id}@nexmark.example"),
            MakeCreditCard(draws),
            Texts.City[Draw.Pick(Draw.Number(draws, 7), 10)],
            Texts.State[Draw.Pick(Draw.Number(draws, 8), 6)],
            time,
            Texts.Pad[Draw.Pick(Draw.Number(draws, 9), Texts.Pads)]);
    }

    private static string MakeCreditCard(ulong draws) => string.Create(19, draws, static (digits, draws) =>
    {
        for (int j = 0; j < 4; j++)
        {
            if (j > 0)
                digits[j * 5 - 1] = ' ';
            long four = Draw.Pick(Draw.Number(draws, (ulong)(3 + j)), 10_000);
            for (int digit = 3; digit >= 0; digit--, four /= 10)
                digits[j * 5 + digit] = (char)('0' + four % 10);
        }
    });

    private NewAuction MakeAuction(ulong draws, long lastPerson, long lastAuction, long time)
    {
        long initialBid = Draw.Price(Draw.Number(draws, 3));
        bool isHotSeller = Draw.Pick(Draw.Number(draws, 6), 4) > 0;
        long seller = isHotSeller ? Ids.Hot(lastPerson) : Recent(Draw.Number(draws, 7), lastPerson, Ids.ActivePersons);
        return new NewAuction(
            Ids.First + lastAuction,
            Texts.Item[Draw.Pick(Draw.Number(draws, 1), Texts.Items)],
            Texts.Pad[Draw.Pick(Draw.Number(draws, 2), Texts.Pads)],
            initialBid,
            initialBid + Draw.Price(Draw.Number(draws, 4)),
            time,
            time + 1 + Draw.Pick(Draw.Number(draws, 5), _longestAuction),
            Ids.First + seller,
            10 + Draw.Pick(Draw.Number(draws, 8), 5),
            Texts.Pad[Draw.Pick(Draw.Number(draws, 9), Texts.Pads)]);
    }

    /// <summary>Bids of one group: first drawn, field by field, then put together in their slots.</summary>
    private void FillBids(Span<NexmarkEvent> slots, long number, long group, BidDraws draws, ref EventClock sharedClock)
    {
        EventClock clock = sharedClock;
        draws.Make(Draw.Start(numbers.Seed, number), group, slots.Length);
        (string Channel, string Url)[] sites = Texts.Sites;
        string[] pads = Texts.Pad;
        Prefetch(sites, draws.Sites[..slots.Length]);
        for (int i = 0; i < slots.Length; i++)
        {
            ref NexmarkEvent slot = ref slots[i];
            slot.Auction = draws.Auctions[i];
            slot.Bidder = draws.Bidders[i];
            slot.Price = draws.Prices[i];
            slot.DateTime = clock.Now;
            clock.Advance();
            ref (string Channel, string Url) site = ref sites[draws.Sites[i]];
            slot.Channel = site.Channel;
            slot.Url = site.Url;
            slot.Extra = pads[draws.Pads[i]];
            slot.Entity = null;
        }

        sharedClock = clock;
    }

    /// <summary>Channels and pages lie all over their table: asked for early, they are there when they are stored.</summary>
    private static unsafe void Prefetch((string Channel, string Url)[] sites, ReadOnlySpan<long> chosen)
    {
        if (!Sse.IsSupported)
            return;
        foreach (long k in chosen)
            Sse.Prefetch0(Unsafe.AsPointer(ref sites[k]));
    }

    private static long Recent(ulong random, long last, long active) => last - Draw.Pick(random, Math.Min(last + 1, active));
}
