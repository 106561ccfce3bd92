namespace Gristmill.Runtime;

/// <summary>A count with one writer and any readers.</summary>
internal sealed class RecordCounter
{
    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Add(long count) => Volatile.Write(ref _value, _value + count);
}
