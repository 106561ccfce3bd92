namespace Gristmill.Protocol;

/// <summary>Why a checkpoint was started; its barriers carry it.</summary>
public enum CheckpointKind
{
    /// <summary>Its time had come.</summary>
    Periodic = 0,

    /// <summary>Somebody asked for it.</summary>
    Manual,

    /// <summary>The job stops once it is applied. A source emits nothing behind its barrier.</summary>
    Stop,

    /// <summary>All input has been read; the job is complete once it is applied.</summary>
    Final,
}
