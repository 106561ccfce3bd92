namespace Gristmill.Grains;

/// <summary>The stream of a generation's epochs. One of its own for each, so that a dead generation's subscribers are never called again.</summary>
internal static class EpochStream
{
    public static StreamId Of(string job, long generation)
        => StreamId.Create("gristmill-epochs", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{job}/{generation}"));
}
