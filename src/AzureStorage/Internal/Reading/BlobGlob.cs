using System.Text;
using System.Text.RegularExpressions;

namespace Gristmill.AzureStorage.Internal;

/// <summary>A pattern over blob names: <c>*</c> is anything within a part, <c>**</c> any number of parts.</summary>
internal sealed class BlobGlob
{
    private readonly Regex? _pattern;

    public BlobGlob(string given)
    {
        Given = given;
        int star = given.IndexOf('*', StringComparison.Ordinal);
        Prefix = star < 0 ? given : given[..star];
        _pattern = star < 0 ? null : new Regex(Translate(given), RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>As the user wrote it.</summary>
    public string Given { get; }

    /// <summary>What every name that matches begins with.</summary>
    public string Prefix { get; }

    /// <summary>Whether it is a name and no pattern.</summary>
    public bool IsName => _pattern is null;

    public bool Matches(string name) => _pattern is null ? name == Given : _pattern.IsMatch(name);

    private static string Translate(string given)
    {
        var regex = new StringBuilder("\\A");
        for (int i = 0; i < given.Length; i++)
        {
            if (given[i] != '*')
            {
                regex.Append(Regex.Escape(given[i].ToString()));
            }
            else if (i + 1 == given.Length || given[i + 1] != '*')
            {
                regex.Append("[^/]*");
            }
            else if (i + 2 < given.Length && given[i + 2] == '/')
            {
                // "**/" is also no part at all: a/**/b finds a/b.
                regex.Append("(?:[^/]+/)*");
                i += 2;
            }
            else
            {
                regex.Append(".*");
                i++;
            }
        }
        return regex.Append("\\z").ToString();
    }
}
