namespace Gristmill.Protocol;

/// <summary>Mutants that tests plant in the replication, as <see cref="ProtocolFaults"/> are elsewhere.</summary>
[Flags]
internal enum ReplicationFaults
{
    /// <summary>The code as it is meant.</summary>
    None = 0,

    /// <summary>A replica goes on with its epoch after it was sealed at a newer one.</summary>
    ServeSealedEpoch = 1 << 0,

    /// <summary>The primary answers before the backup has the operation.</summary>
    AnswerBeforeBackup = 1 << 1,

    /// <summary>The primary answers reads without asking the backup.</summary>
    ReadWithoutBackup = 1 << 2,

    /// <summary>An operation sent again is made again.</summary>
    ForgetOutcomes = 1 << 3,

    /// <summary>A copy that comes twice replaces what was made on top of it.</summary>
    InstallTwice = 1 << 4,
}
