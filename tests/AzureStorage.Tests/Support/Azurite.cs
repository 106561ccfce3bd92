using System.Runtime.CompilerServices;

namespace Gristmill.AzureStorage.Tests;

/// <summary>The emulator the tests talk to, where there is one.</summary>
public static class Azurite
{
    public const string Variable = "GRISTMILL_AZURITE";

    public const string Reason = $"{Variable} is not set; set it to the connection string of an Azurite (docs/azure.md says how to start one).";

    public static string ConnectionString { get; } = Environment.GetEnvironmentVariable(Variable) ?? "";

    public static bool IsThere => ConnectionString.Length > 0;
}

/// <summary>A fact that needs Azurite.</summary>
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (Azurite.Reason, nameof(Azurite.IsThere), typeof(Azurite));
}

/// <summary>A theory that needs Azurite.</summary>
public sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (Azurite.Reason, nameof(Azurite.IsThere), typeof(Azurite));
}
