using Gristmill.Checkpoints;

namespace Gristmill.Cli.Stores;

/// <summary>A kind of store that addresses can name.</summary>
internal abstract class StoreScheme
{
    /// <summary>What its addresses begin with, with the colon; empty for the kind that takes what is left.</summary>
    public abstract string Prefix { get; }

    /// <summary>How an address looks, for help and messages.</summary>
    public abstract string Form { get; }

    /// <summary>The environment variable that holds its secret; null where it needs none.</summary>
    public virtual string? Variable => null;

    /// <summary>Opens a store.</summary>
    /// <param name="place">The address without the prefix.</param>
    /// <param name="settings">What else is known.</param>
    /// <exception cref="ArgumentException">There is no such place; the message is a sentence that says why and what to do.</exception>
    public abstract ICheckpointStore Open(string place, StoreSettings settings);

    /// <summary>The connection string that was given, or that <see cref="Variable"/> holds.</summary>
    /// <param name="settings">What is known.</param>
    /// <param name="of">What it is the one of, for the message.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    protected string ConnectionString(StoreSettings settings, string of)
        => settings.ConnectionString ?? settings.Environment(Variable!)
            ?? throw new ArgumentException($"it has no connection string; set {Variable} or the option to the one of {of}.");
}

/// <summary>What is needed beside an address.</summary>
/// <param name="ConnectionString">The connection string that was given as an option; null: none was.</param>
/// <param name="Environment">Reads an environment variable; null where it is not set.</param>
/// <param name="MustExist">Whether the store is to be read, so that nothing is made where nothing is.</param>
internal sealed record StoreSettings(string? ConnectionString, Func<string, string?> Environment, bool MustExist);
