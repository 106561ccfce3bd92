namespace Gristmill.Checkpoints;

/// <summary>One key of an operator's state, as a checkpoint holds it.</summary>
/// <param name="KeyGroup">Its key group.</param>
/// <param name="Key">The key.</param>
/// <param name="Scope">The start of its window, or the time its timer is due, in milliseconds since 1970; null where there is none.</param>
/// <param name="States">The states the key has, by name.</param>
public sealed record StateEntry(int KeyGroup, EncodedValue Key, long? Scope, IReadOnlyList<KeyValuePair<string, EncodedValue>> States);

/// <summary>A table of keyed state that a checkpoint holds.</summary>
/// <param name="Operator">The operator it is of.</param>
/// <param name="Name">"state", "panes", "event-timers" or "processing-timers".</param>
/// <param name="Blocks">In how many blocks it lies.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Entries">Their entries; the same key may be in several blocks.</param>
public sealed record StateTable(string Operator, string Name, int Blocks, long Bytes, long Entries);
