namespace Gristmill.Cli;

/// <summary>What the process returns; scripts are built on it.</summary>
internal static class ExitCodes
{
    /// <summary>Answered, and nothing is wrong.</summary>
    public const int Fine = 0;

    /// <summary>Answered, and the answer is bad: something is damaged.</summary>
    public const int Bad = 1;

    /// <summary>Not answered: wrong usage, an unknown name, a store that can't be read.</summary>
    public const int Usage = 2;

    /// <summary>Cancelled, as shells count an interrupt.</summary>
    public const int Cancelled = 130;
}
