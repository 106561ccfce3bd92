namespace Gristmill.Checkpoints;

/// <summary>What a block holds. The numbers are on disk and never change.</summary>
public enum BlockKind : byte
{
    /// <summary>Every entry of a state, for a range of key groups.</summary>
    Base = 0,

    /// <summary>The entries of a state that changed since the checkpoint before, removals included.</summary>
    Delta = 1,

    /// <summary>The positions of a source's splits.</summary>
    Positions = 2,

    /// <summary>What a sink staged and will apply once the checkpoint is committed.</summary>
    Staged = 3,

    /// <summary>Records in flight on a channel when an unaligned barrier passed them.</summary>
    InFlight = 4,

    /// <summary>The watermarks of a subtask's operators.</summary>
    Watermarks = 5,
}
