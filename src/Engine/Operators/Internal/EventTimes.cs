using System.Runtime.CompilerServices;

namespace Gristmill.Operators;

/// <summary>Dates as milliseconds since 1970-01-01 UTC; a date without a zone is taken as UTC.</summary>
internal static class EventTimes
{
    private const long UnixEpochMs = 62_135_596_800_000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ToMs(DateTime time)
        => ((time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).Ticks / TimeSpan.TicksPerMillisecond) - UnixEpochMs;

    internal readonly struct ByReference<T>(RecordFunc<T, DateTime> function) : IRecordFunc<T, long>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long Invoke(in T record) => ToMs(function(in record));
    }

    internal readonly struct ByValue<T>(Func<T, DateTime> function) : IRecordFunc<T, long>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long Invoke(in T record) => ToMs(function(record));
    }
}
