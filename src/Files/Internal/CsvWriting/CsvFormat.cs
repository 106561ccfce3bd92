namespace Gristmill.Files.Internal;

/// <summary>Records as CSV rows.</summary>
internal sealed class CsvFormat<T> : IRecordFormat<T>
{
    private readonly CsvWriteOptions<T> _options;
    private readonly IReadOnlyList<CsvOutputColumn> _columns;
    private readonly Lazy<CsvEncode<T>> _encode;

    public CsvFormat(CsvWriteOptions<T> options)
    {
        _options = options;
        _columns = options.RowText is null ? CsvOutputColumn.Of(options) : [];
        _encode = new Lazy<CsvEncode<T>>(() => CsvEncodeCompiler.Compile<T>(_columns, options.DateTimeFormat));
    }

    public FileWriteOptions Options => _options;

    public string Extension => ".csv";

    public IEnumerable<string> Faults()
    {
        foreach (string fault in _options.Faults())
            yield return fault;
        if (_columns.Count == 0 && _options.RowText is null)
            yield return $"{typeof(T)} has no public member to write; name columns by options.Column(\"name\", x => ...).";
        foreach (CsvOutputColumn column in _columns.Where(c => CsvFields.For(c.Value.ReturnType) is null))
            yield return $"Column '{column.Name}' of {typeof(T).Name} is a {column.Value.ReturnType}, which has no text form; write its parts by options.Column(\"name\", x => ...).";
    }

    public IRecordEncoder<T> NewEncoder() => _options.RowText is null
        ? new CsvRecordEncoder<T>(_options, _encode.Value, _columns.Select(c => c.Name))
        : new CsvLineEncoder<T>(_options);
}
