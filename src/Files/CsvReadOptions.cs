using System.Linq.Expressions;
using System.Reflection;

namespace Gristmill.Files;

/// <summary>
/// How CSV is read: RFC 4180, UTF-8 (a byte order mark is skipped), LF or CRLF, empty lines skipped, values in the
/// invariant culture. Columns are matched to members by name, without regard to case, '_', '-' and spaces.
/// </summary>
/// <typeparam name="T">The record type.</typeparam>
public sealed class CsvReadOptions<T> : FileReadOptions
{
    internal CsvReadOptions()
    {
    }

    /// <summary>Between fields. Default: ','; any ASCII character but a quote, CR and LF.</summary>
    public char Delimiter { get; set; } = ',';

    /// <summary>
    /// Whether each file begins with a line of column names. Default: true. Without it the columns are the constructor's
    /// parameters, then the other members, in the order of declaration, and a row must have just those.
    /// </summary>
    public bool HasHeader { get; set; } = true;

    /// <summary>
    /// Promises that no quoted field holds a line break, so that every line break ends a record and a file can be divided
    /// by <see cref="FileReadOptions.SplitSize"/>. Default: false. A field that breaks the promise is a bad record.
    /// </summary>
    public bool NoNewlinesInFields { get; set; }

    internal Dictionary<string, string> Columns { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> Ignored { get; } = new(StringComparer.Ordinal);

    internal string? LineMember { get; private set; }

    /// <summary>Reads a member from a column whose name is not the member's.</summary>
    /// <param name="member">The member, as <c>x =&gt; x.Origin</c>.</param>
    /// <param name="column">The column's name.</param>
    public CsvReadOptions<T> Column<TValue>(Expression<Func<T, TValue>> member, string column)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(column);
        Columns[NameOf(member)] = column;
        return this;
    }

    /// <summary>Leaves a member at its default: it has no column.</summary>
    /// <param name="member">The member, as <c>x =&gt; x.Note</c>.</param>
    public CsvReadOptions<T> Ignore<TValue>(Expression<Func<T, TValue>> member)
    {
        Ignored.Add(NameOf(member));
        return this;
    }

    /// <summary>
    /// Puts the row's text, byte for byte as it stood in the input and without the line break, into a member: for jobs that
    /// hand rows on unchanged. It costs a string a record, which nothing else here does; writing the row anew from its
    /// fields is cheaper where the formats are known, but not faithful in general (quoting, digits, time formats).
    /// </summary>
    /// <param name="member">The member, as <c>x =&gt; x.Line</c>; it has no column.</param>
    public CsvReadOptions<T> KeepLine(Expression<Func<T, string>> member)
    {
        LineMember = NameOf(member);
        return this;
    }

    internal override IEnumerable<string> Faults()
    {
        foreach (string fault in base.Faults())
            yield return fault;
        if (!char.IsAscii(Delimiter) || Delimiter is '"' or '\r' or '\n' or '\0')
            yield return $"Delimiter is '{Delimiter}'; set it to an ASCII character that is no quote and no line break.";
        if (SplitSize is not null && !NoNewlinesInFields)
            yield return "SplitSize is set, but a quoted field might hold a line break, which can't be told from a record's end "
                + "in the middle of a file; set NoNewlinesInFields = true if there are none, or leave SplitSize null.";
    }

    private static string NameOf(LambdaExpression member) => member.Body is MemberExpression { Expression: ParameterExpression } access
        && access.Member is PropertyInfo or FieldInfo
            ? access.Member.Name
            : throw new ArgumentException($"'{member}' must name a member of the record, as x => x.Name.", nameof(member));
}
