using System.Text.RegularExpressions;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Which topics a source reads.</summary>
internal abstract class TopicSelection
{
    /// <summary>The one topic there can be; null: there may be several.</summary>
    public virtual string? Only => null;

    public abstract IEnumerable<string> Faults();

    /// <summary>Asks the cluster for them. One that is not there comes with its error, too.</summary>
    public abstract IEnumerable<TopicMetadata> Ask(IAdminClient cluster, TimeSpan timeout);
}

/// <summary>Topics by their names.</summary>
internal sealed class NamedTopics(IEnumerable<string> topics) : TopicSelection
{
    private readonly string[] _topics = [.. topics.Distinct(StringComparer.Ordinal)];

    public override string? Only => _topics.Length == 1 ? _topics[0] : null;

    public override IEnumerable<string> Faults()
    {
        if (_topics.Length == 0)
            yield return "no topic is given; name at least one.";
        foreach (string topic in _topics.Where(topic => !IsName(topic)))
            yield return $"'{topic}' can't be the name of a topic: that is 1 to 249 letters, digits, '.', '_' and '-'; mend it, or use ReadPattern for a pattern.";
    }

    public override IEnumerable<TopicMetadata> Ask(IAdminClient cluster, TimeSpan timeout)
        => _topics.SelectMany(topic => cluster.GetMetadata(topic, timeout).Topics.Where(found => found.Topic == topic));

    private static bool IsName(string? topic) => topic is { Length: >= 1 and <= 249 } and not "." and not ".."
        && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}

/// <summary>All topics whose whole name matches a pattern.</summary>
internal sealed class TopicPattern : TopicSelection
{
    private readonly string _pattern;
    private readonly Regex? _regex;
    private readonly string? _fault;

    public TopicPattern(string pattern)
    {
        _pattern = pattern;
        try
        {
            // In time linear to the name, whatever the pattern.
            _regex = new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            _fault = e.Message;
        }
    }

    public override IEnumerable<string> Faults()
    {
        if (_fault is not null)
            yield return $"the pattern '{_pattern}' is no regular expression that can be used: {_fault} Mend it; lookarounds and back references can't be had.";
    }

    public override IEnumerable<TopicMetadata> Ask(IAdminClient cluster, TimeSpan timeout)
        => cluster.GetMetadata(timeout).Topics.Where(topic => !topic.Topic.StartsWith("__", StringComparison.Ordinal) && _regex!.IsMatch(topic.Topic));

    public override string ToString() => _pattern;
}
