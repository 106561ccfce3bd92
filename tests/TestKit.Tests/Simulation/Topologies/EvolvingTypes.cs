using System.ComponentModel;
using System.Globalization;
using Gristmill.Codec;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>
/// The types of <see cref="Evolving"/>. Each version also keeps things twice over, so that what was lost, or a default in
/// the place of what was written, contradicts the rest.
/// </summary>
public static class EvolvingTypes
{
    private const long Never = -1;

    private static int KeyOf(in Reading reading) => int.Parse(reading.Key.AsSpan(1), CultureInfo.InvariantCulture);

    private static int SignOf(long sum) => Math.Sign(sum);

    public static class V0
    {
        public enum Mood
        {
            Calm,
            Up,
            Down,
        }

        public readonly record struct Event(int Key, long Number, long Time, short Value, string Note) : IEvolvingEvent<Event, int>
        {
            int IEvolvingEvent<Event, int>.Owner => Key;

            long IEvolvingEvent<Event, int>.Counter => Number;

            long IEvolvingEvent<Event, int>.TimeMs => Time;

            int IEvolvingEvent<Event, int>.Amount => Value;

            static Event IEvolvingEvent<Event, int>.Of(in Reading reading) => new(KeyOf(reading), reading.Number, reading.Time, (short)reading.Value, "dropped later");
        }

        public readonly record struct Recent(short Amount, long Counter);

        public readonly record struct Tally(int Count, string Note, int Sum, Mood Mood, Recent Last, List<int> Both) : IEvolvingTally<Tally>
        {
            Facts IEvolvingTally<Tally>.Facts => new(Count, Sum, Last.Amount, Last.Counter);

            string? IEvolvingTally<Tally>.Fault()
                => Mood != MoodOf(Sum) ? "has another mood"
                : !Both.SequenceEqual([Count, Sum]) ? "has another list"
                : null;

            static Tally IEvolvingTally<Tally>.Of(in Facts facts)
                => new((int)facts.Count, $"note {facts.Count}", (int)facts.Sum, MoodOf(facts.Sum), new Recent((short)facts.LastAmount, facts.LastCounter), [(int)facts.Count, (int)facts.Sum]);

            private static Mood MoodOf(long sum) => SignOf(sum) switch { > 0 => Mood.Up, < 0 => Mood.Down, _ => Mood.Calm };
        }
    }

    /// <summary>The note is gone; defaults are stated, an enum is numbered anew, a collection is another one. Can be taken back.</summary>
    public static class V1
    {
        public enum Mood
        {
            Down,
            Calm = 5,
            Up = 7,
        }

        public readonly record struct Event(long Number, int Key, long Time, short Value, int Weight = 1) : IEvolvingEvent<Event, int>
        {
            int IEvolvingEvent<Event, int>.Owner => Key;

            long IEvolvingEvent<Event, int>.Counter => Number;

            long IEvolvingEvent<Event, int>.TimeMs => Time;

            int IEvolvingEvent<Event, int>.Amount => Value * Weight;

            static Event IEvolvingEvent<Event, int>.Of(in Reading reading) => new(reading.Number, KeyOf(reading), reading.Time, (short)reading.Value);
        }

        public readonly record struct Recent(long Counter, short Amount, string Unit = "piece");

        public readonly record struct Tally(int Count, int Sum, Mood Mood, Recent Last, int[] Both, [property: DefaultValue(Never)] long Checked, bool IsChecked) : IEvolvingTally<Tally>
        {
            Facts IEvolvingTally<Tally>.Facts => new(Count, Sum, Last.Amount, Last.Counter);

            string? IEvolvingTally<Tally>.Fault()
                => Mood != MoodOf(Sum) ? "has another mood"
                : !Both.SequenceEqual([Count, Sum]) ? "has another list"
                : Checked != (IsChecked ? Sum : Never) ? "was checked otherwise"
                : Last.Unit != "piece" ? "has another unit"
                : null;

            static Tally IEvolvingTally<Tally>.Of(in Facts facts)
                => new((int)facts.Count, (int)facts.Sum, MoodOf(facts.Sum), new Recent(facts.LastCounter, (short)facts.LastAmount), [(int)facts.Count, (int)facts.Sum], facts.Sum, true);

            private static Mood MoodOf(long sum) => SignOf(sum) switch { > 0 => Mood.Up, < 0 => Mood.Down, _ => Mood.Calm };
        }
    }

    /// <summary>Numbers are wider, names are others, structs are classes. Only version 3 can be taken back to it.</summary>
    public static class V2
    {
        public enum Mood
        {
            Down,
            [FormerName("Calm")]
            Quiet = 5,
            Up = 7,
            Level,
        }

        public sealed record Event([property: FormerName("Key")] long Id, long Number, long Time, int Value, int Weight = 1) : IEvolvingEvent<Event, long>
        {
            long IEvolvingEvent<Event, long>.Owner => Id;

            long IEvolvingEvent<Event, long>.Counter => Number;

            long IEvolvingEvent<Event, long>.TimeMs => Time;

            int IEvolvingEvent<Event, long>.Amount => Value * Weight;

            static Event IEvolvingEvent<Event, long>.Of(in Reading reading) => new(KeyOf(reading), reading.Number, reading.Time, reading.Value);
        }

        public sealed record Recent(long Counter, int Amount, string Unit = "piece");

        public sealed record Tally(
            long Count, [property: FormerName("Sum")] long Total, Mood Mood, Recent? Last, Queue<long> Both, [property: DefaultValue(Never)] long Checked, bool IsChecked) : IEvolvingTally<Tally>
        {
            Facts IEvolvingTally<Tally>.Facts => new(Count, Total, Last!.Amount, Last.Counter);

            string? IEvolvingTally<Tally>.Fault()
                => Mood != MoodOf(Total, Count) && (Mood, Total) != (Mood.Quiet, 0) ? "has another mood"
                : !Both.SequenceEqual([Count, Total]) ? "has another list"
                : Checked != (IsChecked ? Total : Never) ? "was checked otherwise"
                : Last!.Unit != "piece" ? "has another unit"
                : null;

            static Tally IEvolvingTally<Tally>.Of(in Facts facts)
                => new(facts.Count, facts.Sum, MoodOf(facts.Sum, facts.Count), new Recent(facts.LastCounter, facts.LastAmount), new Queue<long>([facts.Count, facts.Sum]), facts.Sum, true);

            // What was quiet and level alike before is told apart now.
            private static Mood MoodOf(long sum, long count) => SignOf(sum) switch { > 0 => Mood.Up, < 0 => Mood.Down, _ => count % 2 == 0 ? Mood.Level : Mood.Quiet };
        }
    }

    /// <summary>Fields are in another order, one is added to what is nested, an enum and a collection change again.</summary>
    public static class V3
    {
        public enum Mood
        {
            Level,
            Up,
            [FormerName("Calm")]
            Quiet,
            Down,
        }

        public sealed record Event(long Time, int Value, [property: FormerName("Key")] long Id, long Number, int Weight = 1, string? Remark = null) : IEvolvingEvent<Event, long>
        {
            long IEvolvingEvent<Event, long>.Owner => Id;

            long IEvolvingEvent<Event, long>.Counter => Number;

            long IEvolvingEvent<Event, long>.TimeMs => Time;

            int IEvolvingEvent<Event, long>.Amount => Value * Weight;

            static Event IEvolvingEvent<Event, long>.Of(in Reading reading) => new(reading.Time, reading.Value, KeyOf(reading), reading.Number, Remark: "new");
        }

        public sealed record Recent(int Amount, long Counter, string Unit = "piece", [property: DefaultValue(Never)] long Copy = Never);

        public sealed record Tally(
            [property: FormerName("Sum")] long Total, long Count, Recent? Last, Mood Mood, long[] Both, [property: DefaultValue(Never)] long Checked, bool IsChecked) : IEvolvingTally<Tally>
        {
            Facts IEvolvingTally<Tally>.Facts => new(Count, Total, Last!.Amount, Last.Counter);

            string? IEvolvingTally<Tally>.Fault()
                => Mood != MoodOf(Total, Count) && (Mood, Total) != (Mood.Quiet, 0) ? "has another mood"
                : !Both.SequenceEqual([Count, Total]) ? "has another list"
                : Checked != (IsChecked ? Total : Never) ? "was checked otherwise"
                : Last!.Unit != "piece" ? "has another unit"
                : Last.Copy != Never && Last.Copy != Last.Counter ? "has another copy"
                : null;

            static Tally IEvolvingTally<Tally>.Of(in Facts facts)
                => new(facts.Sum, facts.Count, new Recent(facts.LastAmount, facts.LastCounter, Copy: facts.LastCounter), MoodOf(facts.Sum, facts.Count), [facts.Count, facts.Sum], facts.Sum, true);

            private static Mood MoodOf(long sum, long count) => SignOf(sum) switch { > 0 => Mood.Up, < 0 => Mood.Down, _ => count % 2 == 0 ? Mood.Level : Mood.Quiet };
        }
    }
}
