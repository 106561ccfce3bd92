using System.Linq.Expressions;
using System.Text.Json;
using Gristmill.Files.Internal;

namespace Gristmill.Files;

/// <summary>
/// How CSV is written: RFC 4180, UTF-8, fields quoted where they must be, values in the invariant culture, null as an empty
/// field. The columns are the record's public members in the order of declaration, unless <see cref="Column"/> names some.
/// </summary>
/// <typeparam name="T">The record type.</typeparam>
public sealed class CsvWriteOptions<T> : FileWriteOptions
{
    internal CsvWriteOptions()
    {
    }

    /// <summary>Between fields. Default: ','; any ASCII character but a quote, CR and LF.</summary>
    public char Delimiter { get; set; } = ',';

    /// <summary>Whether each file begins with a line of column names. Default: true.</summary>
    public bool WriteHeader { get; set; } = true;

    /// <summary>What ends a row. Default: LF; or CRLF, as RFC 4180 has it.</summary>
    public string NewLine { get; set; } = "\n";

    /// <summary>
    /// Makes column names of members' names, as <see cref="JsonNamingPolicy.SnakeCaseLower"/> does. Default: null, the names
    /// as they are written. Columns named by <see cref="Column"/> keep the name given there.
    /// </summary>
    public JsonNamingPolicy? NamingPolicy { get; set; }

    /// <summary>The format of times (<see cref="DateTime"/>, <see cref="DateTimeOffset"/>) in columns that have none of their own. Default: "O", ISO 8601 in full.</summary>
    public string DateTimeFormat { get; set; } = "O";

    internal List<CsvOutputColumn> Columns { get; } = [];

    internal Func<T, string>? RowText { get; private set; }

    internal string? RowHeader { get; private set; }

    /// <summary>Writes a column of this name. Once one is named, only the named ones are written, in the order of the calls.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="value">The value, as <c>x =&gt; x.TotalDelay</c> or anything computed from the record.</param>
    /// <param name="format">A .NET format string, as "F2"; null for the type's own.</param>
    public CsvWriteOptions<T> Column<TValue>(string name, Expression<Func<T, TValue>> value, string? format = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(value);
        Columns.Add(new CsvOutputColumn(name, value, format));
        return this;
    }

    /// <summary>
    /// Writes a text as the row, byte for byte, in place of columns: for rows handed on unchanged, as
    /// <see cref="CsvReadOptions{T}.KeepLine"/> kept them.
    /// </summary>
    /// <param name="text">The row, as <c>x =&gt; x.Line</c>, without a line break at its end.</param>
    /// <param name="header">The line of column names that files begin with if <see cref="WriteHeader"/> says so.</param>
    public CsvWriteOptions<T> Line(Func<T, string> text, string header)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrWhiteSpace(header);
        (RowText, RowHeader) = (text, header);
        return this;
    }

    internal override IEnumerable<string> Faults()
    {
        foreach (string fault in base.Faults())
            yield return fault;
        if (!char.IsAscii(Delimiter) || Delimiter is '"' or '\r' or '\n' or '\0')
            yield return $"Delimiter is '{Delimiter}'; set it to an ASCII character that is no quote and no line break.";
        if (RowText is not null && Columns.Count > 0)
            yield return $"Line and Column \"{Columns[0].Name}\" are both set; a row is either a text or columns: leave one out.";
        if (NewLine is not ("\n" or "\r\n"))
            yield return "NewLine is neither LF nor CRLF; set it to \"\\n\" or \"\\r\\n\".";
    }
}
