namespace Gristmill.State;

/// <summary>What holds for keyed tables of all types.</summary>
internal static class KeyedTable
{
    /// <summary>
    /// For how many records the cache lines are asked for before the first is looked up. Far enough ahead for memory to
    /// answer, and near enough that all those lines (two each) stay in the first-level cache until they are used.
    /// </summary>
    public const int LookAhead = 128;
}
