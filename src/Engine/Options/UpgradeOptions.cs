namespace Gristmill;

/// <summary>
/// What has become of operators since the checkpoint or savepoint a job goes on from was taken. State is found by an
/// operator's name, so nothing is dropped or moved unless it is said here. Once a checkpoint without the old names is the
/// oldest that may be needed, the settings can go.
/// </summary>
public sealed class UpgradeOptions
{
    /// <summary>Operators that are gone, and whose state is to be dropped. Default: none.</summary>
    public ISet<string> Removed { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Operators that have another name now: old name to new name. Default: none.</summary>
    public IDictionary<string, string> Renamed { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The name of today of an operator or a part of one, such as <c>clicks/timestamps-0</c>.</summary>
    internal string NameNow(string written)
    {
        int slash = written.IndexOf('/', StringComparison.Ordinal);
        string name = slash < 0 ? written : written[..slash];
        return Renamed.TryGetValue(name, out string? now) ? now + (slash < 0 ? "" : written[slash..]) : written;
    }

    /// <summary>What can't be, whatever the checkpoint.</summary>
    internal IEnumerable<string> Validate()
    {
        foreach (string both in Removed.Intersect(Renamed.Keys, StringComparer.Ordinal))
            yield return $"Upgrade.Removed and Upgrade.Renamed both name '{both}'; it is either gone or renamed.";
        foreach (IGrouping<string, KeyValuePair<string, string>> shared in Renamed.GroupBy(pair => pair.Value, StringComparer.Ordinal).Where(group => group.Count() > 1))
            yield return $"Upgrade.Renamed gives the name '{shared.Key}' to {string.Join(" and ", shared.Select(pair => $"'{pair.Key}'"))}; one operator takes the state of one.";
    }

    /// <summary>What can't be with this job's operators.</summary>
    internal IEnumerable<string> Problems(IReadOnlyCollection<string> operators)
    {
        foreach (string there in Removed.Where(operators.Contains))
            yield return $"Upgrade.Removed names '{there}', which the job has; leave it out there, or give the new operator another name.";
        foreach ((string old, string now) in Renamed)
        {
            if (!operators.Contains(now))
                yield return $"Upgrade.Renamed gives '{old}' the name '{now}', which no operator of the job has; correct it.";
            if (operators.Contains(old))
                yield return $"Upgrade.Renamed renames '{old}', but the job still has an operator of that name; give the new one another name.";
        }
    }
}
