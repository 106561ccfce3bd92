using System.Diagnostics.CodeAnalysis;

namespace Gristmill.Protocol;

/// <summary>
/// Beliefs that stay asserted in production. A job that stops is restarted from its last checkpoint;
/// a job that goes on with a broken belief commits wrong results.
/// </summary>
public static class Invariant
{
    /// <summary>Throws a <see cref="ProtocolViolationException"/> unless <paramref name="condition"/> holds.</summary>
    public static void Holds([DoesNotReturnIf(false)] bool condition, string belief)
    {
        if (!condition) throw new ProtocolViolationException(belief);
    }
}
