namespace Gristmill.Bench;

/// <summary>
/// A whole event in one cache line's worth of bytes. Nearly all are bids, so a bid lies in the struct itself; a new
/// person or auction is an object beside it.
/// </summary>
internal struct NexmarkEvent : IRow<NexmarkEvent>
{
    /// <summary>The bid's auction.</summary>
    public long Auction;

    /// <summary>Who bids.</summary>
    public long Bidder;

    /// <summary>The bid, in cents.</summary>
    public long Price;

    /// <summary>The event's time in milliseconds since 1970-01-01 UTC, whatever it is.</summary>
    public long DateTime;

    /// <summary>Where the bid comes from.</summary>
    public string? Channel;

    /// <summary>The page of the bid.</summary>
    public string? Url;

    /// <summary>The bid's padding.</summary>
    public string? Extra;

    /// <summary>A <see cref="NewPerson"/> or <see cref="NewAuction"/>; null for a bid.</summary>
    public object? Entity;

    public readonly bool IsBid => Entity is null;

    public readonly ulong Hash() => Entity switch
    {
        NewPerson person => person.Hash(),
        NewAuction auction => auction.Hash(),
        _ => RowHash.Of(Auction, Bidder, Price).And(Channel!).And(Url!).And(DateTime).And(Extra!).Value,
    };
}

/// <summary>A person registers.</summary>
internal sealed record NewPerson(
    long Id, string Name, string Email, string CreditCard, string City, string State, long DateTime, string Extra)
{
    public ulong Hash() => RowHash.Of(Id).And(Name).And(Email).And(CreditCard).And(City).And(State).And(DateTime).And(Extra).Value;
}

/// <summary>An auction opens.</summary>
internal sealed record NewAuction(
    long Id, string ItemName, string Description, long InitialBid, long Reserve, long DateTime, long Expires, long Seller, long Category, string Extra)
{
    public ulong Hash()
        => RowHash.Of(Id).And(ItemName).And(Description).And(InitialBid).And(Reserve).And(DateTime).And(Expires).And(Seller).And(Category).And(Extra).Value;
}

/// <summary>A bare event, for queries that look at nothing but its number.</summary>
internal struct Tick
{
    /// <summary>The event's number.</summary>
    public long Number;

    /// <summary>Its time in milliseconds since 1970-01-01 UTC.</summary>
    public long Time;
}
