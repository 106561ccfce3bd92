using Gristmill.Checkpoints;

namespace Gristmill.Cli.Stores;

/// <summary>Where a store is, as it is written on the command line.</summary>
internal sealed class StoreAddress
{
    // A new kind of store is one class and one entry here; the folder comes last, since every text can be a path.
    private static readonly IReadOnlyList<StoreScheme> Schemes = [new AzureScheme(), new PostgresScheme(), new FolderScheme()];

    private readonly string _option;
    private readonly string _text;
    private readonly StoreScheme _scheme;

    private StoreAddress(string option, string text, StoreScheme scheme)
    {
        _option = option;
        _text = text;
        _scheme = scheme;
    }

    /// <summary>All forms of an address, for messages.</summary>
    public static string Forms => string.Join(", ", Schemes.Reverse().Select(scheme => scheme.Form));

    /// <summary>The environment variables that hold secrets, for messages.</summary>
    public static string Variables => string.Join(", ", Schemes.Select(scheme => scheme.Variable).OfType<string>());

    /// <summary>Reads an address.</summary>
    /// <param name="option">The option it was given by.</param>
    /// <param name="text">The address.</param>
    /// <exception cref="UsageException">It is empty.</exception>
    public static StoreAddress Parse(string option, string text)
        => string.IsNullOrWhiteSpace(text)
            ? throw new UsageException($"{option} is empty; it is one of {Forms}.")
            : new StoreAddress(option, text, Schemes.First(scheme => text.StartsWith(scheme.Prefix, StringComparison.Ordinal)));

    /// <summary>Opens the store.</summary>
    /// <exception cref="UsageException">There is none; the message says why and what to do.</exception>
    public ICheckpointStore Open(StoreSettings settings)
    {
        try
        {
            return _scheme.Open(_text[_scheme.Prefix.Length..], settings);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or IOException)
        {
            throw new UsageException($"{_option} is '{_text}': {e.Message} An address is one of {Forms}.", e);
        }
    }
}
