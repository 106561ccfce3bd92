namespace Gristmill.Files.Internal;

/// <summary>Maps rows to records: which column feeds which member, and the compiled code that does it.</summary>
internal sealed class CsvRecordMap<T>
{
    private readonly CsvRecordShape _shape;
    private readonly CsvMember[] _members;
    private readonly bool _hasHeader;
    private CsvFill<T>? _fill;

    public CsvRecordMap(CsvReadOptions<T> options)
    {
        _shape = CsvRecordShape.Of(options);
        _members = [.. _shape.Members];
        _hasHeader = options.HasHeader;
    }

    public CsvFill<T> Fill => _fill ??= CsvFillCompiler.Compile<T>(_shape);

    public CsvMember Member(int index) => _members[index];

    /// <summary>The faults of the record type and of the members the options name.</summary>
    public IEnumerable<string> Faults(CsvReadOptions<T> options)
    {
        if (_members.Length == 0)
            yield return $"{typeof(T)} has no constructor parameter and no settable member that a CSV column could go into.";
        foreach (CsvMember member in _members.Where(NeedsField))
        {
            if (FieldParsers.For(member) is null)
                yield return $"Member {typeof(T).Name}.{member.Name} is a {member.Type}, which can't be parsed from a CSV field; Ignore it, or give it a type that implements ISpanParsable.";
        }
        foreach (string name in options.Columns.Keys.Concat(options.Ignored).Append(options.LineMember ?? _members.FirstOrDefault()?.Name ?? ""))
        {
            if (Array.TrueForAll(_members, m => m.Name != name) && name.Length > 0)
                yield return $"{typeof(T).Name}.{name} is named in the options but can't be set; make it settable or a constructor parameter.";
        }
    }

    /// <summary>Finds each member's column in a file's header.</summary>
    public CsvColumns Bind(IReadOnlyList<string>? header, string path)
    {
        if (!_hasHeader)
            return BindByPosition();
        var index = new int[_members.Length];
        for (int i = 0; i < index.Length; i++)
            index[i] = NeedsField(_members[i]) ? Find(_members[i], header!, path) : -1;
        return new CsvColumns(index, header!.Count);
    }

    private static bool NeedsField(CsvMember member) => !member.IsLine && !member.Ignored;

    private static int Find(CsvMember member, IReadOnlyList<string> header, string path)
    {
        int found = -1;
        string wanted = Plain(member.Column);
        for (int i = 0; i < header.Count; i++)
        {
            if (Plain(header[i]) != wanted)
                continue;
            if (found >= 0)
                throw new SourceFileException(path,
                    $"The header of '{path}' has two columns '{header[found]}' and '{header[i]}' for member {typeof(T).Name}.{member.Name}; rename one of them.");
            found = i;
        }
        return found >= 0 || member.IsOptional ? found : throw new SourceFileException(path,
            $"The header of '{path}' has no column '{member.Column}' for member {typeof(T).Name}.{member.Name}; it has: {string.Join(", ", header)}. "
            + $"Name the column by options.Column(x => x.{member.Name}, ...), leave the member out by options.Ignore(x => x.{member.Name}), or set HasHeader = false.");
    }

    private static string Plain(string name) =>
        string.Concat(name.Where(c => c is not ('_' or '-' or ' '))).ToUpperInvariant();

    private CsvColumns BindByPosition()
    {
        int count = 0;
        int[] index = Array.ConvertAll(_members, m => NeedsField(m) ? count++ : -1);
        return new CsvColumns(index, count);
    }
}
