namespace Gristmill.Bench;

/// <summary>
/// Makes events, in place. Of every 50 the first is a person, the next three are auctions and the rest are bids, so a
/// run of bids shares all that is known of persons and auctions so far.
/// </summary>
internal sealed class EventFactory(EventNumbers numbers)
{
    private const int Group = 50;
    private const int BidsFrom = 4;
    private const int AuctionsPerGroup = 3;
    private const long FirstId = 1000;
    private const long ActivePersons = 1000;
    private const long ActiveAuctions = 100;
    private const long HotEvery = 100;

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
                FillBids(slots[..run], number, group, ref clock);
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
        return inGroup == 0 ? MakePerson(draws, group, time) : MakeAuction(draws, group, group * AuctionsPerGroup + inGroup - 1, time);
    }

    private static NewPerson MakePerson(ulong draws, long lastPerson, long time)
    {
        long id = FirstId + lastPerson;
        return new NewPerson(
            id,
            $"{Texts.First[Draw.Pick(Draw.Number(draws, 1), 11)]} {Texts.Last[Draw.Pick(Draw.Number(draws, 2), 9)]}",
            $"p{id}@nexmark.example",
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
        long seller = isHotSeller ? Hot(lastPerson) : Recent(Draw.Number(draws, 7), lastPerson, ActivePersons);
        return new NewAuction(
            FirstId + lastAuction,
            Texts.Item[Draw.Pick(Draw.Number(draws, 1), Texts.Items)],
            Texts.Pad[Draw.Pick(Draw.Number(draws, 2), Texts.Pads)],
            initialBid,
            initialBid + Draw.Price(Draw.Number(draws, 4)),
            time,
            time + 1 + Draw.Pick(Draw.Number(draws, 5), _longestAuction),
            FirstId + seller,
            10 + Draw.Pick(Draw.Number(draws, 8), 5),
            Texts.Pad[Draw.Pick(Draw.Number(draws, 9), Texts.Pads)]);
    }

    /// <summary>
    /// Bids of one group. Whether something is hot is as good as a coin's toss, so both cases are drawn and one is
    /// chosen without a branch that would be mispredicted.
    /// </summary>
    private void FillBids(Span<NexmarkEvent> slots, long number, long group, ref EventClock sharedClock)
    {
        EventClock clock = sharedClock;
        string[] channels = Texts.Channel;
        string[] urls = Texts.Url;
        string[] pads = Texts.Pad;
        long lastAuction = group * AuctionsPerGroup + AuctionsPerGroup - 1;
        long hotAuction = FirstId + Hot(lastAuction);
        long hotPerson = FirstId + Hot(group);
        long auctions = Math.Min(lastAuction + 1, ActiveAuctions);
        long persons = Math.Min(group + 1, ActivePersons);
        ulong draws = Draw.Start(numbers.Seed, number);
        foreach (ref NexmarkEvent slot in slots)
        {
            long anAuction = FirstId + lastAuction - Draw.Pick(Draw.Number(draws, 2), auctions);
            long aPerson = FirstId + group - Draw.Pick(Draw.Number(draws, 4), persons);
            ulong channelDraw = Draw.Number(draws, 7);
            slot.Auction = Choose(Draw.Pick(Draw.Number(draws, 1), 2), hotAuction, anAuction);
            slot.Bidder = Choose(Draw.Pick(Draw.Number(draws, 3), 4), hotPerson, aPerson);
            slot.Price = Draw.Price(Draw.Number(draws, 5));
            long channel = Choose(
                Draw.Pick(Draw.Number(draws, 6), 2),
                Draw.Pick(channelDraw, Texts.HotChannels),
                Texts.HotChannels + Draw.Pick(channelDraw, Texts.Channels - Texts.HotChannels));
            slot.Channel = channels[channel];
            slot.Url = urls[channel];
            slot.DateTime = clock.Now;
            slot.Extra = pads[Draw.Pick(Draw.Number(draws, 8), Texts.Pads)];
            slot.Entity = null;
            clock.Advance();
            draws += Draw.PerEvent;
        }

        sharedClock = clock;
    }

    private static long Hot(long last) => last / HotEvery * HotEvery;

    private static long Recent(ulong random, long last, long active) => last - Draw.Pick(random, Math.Min(last + 1, active));

    /// <summary>The first if <paramref name="chance"/> (0 or more) is more than 0, else the second.</summary>
    private static long Choose(long chance, long ifMore, long ifZero) => ifMore ^ ((ifMore ^ ifZero) & ((chance - 1) >> 63));
}
