namespace Gristmill.Checkpoints.Internal;

/// <summary>Where a test can stop the head's machinery.</summary>
internal enum HeadStep
{
    /// <summary>A reader has the numbers, but not yet the file.</summary>
    Listed,

    /// <summary>A mover has written its file, under no number yet.</summary>
    BeforeLink,

    /// <summary>A mover's file has its number, but the mover does not yet know whether that counts.</summary>
    AfterLink,
}
