namespace Gristmill.Kafka;

/// <summary>Output can't be written to Kafka: the message names the setting or the record, and the remedy.</summary>
public sealed class KafkaSinkException : IOException, IJobError
{
    /// <summary>Creates the error.</summary>
    public KafkaSinkException(string topic, string message, Exception? inner = null)
        : base(message, inner) => Topic = topic;

    /// <summary>The topic.</summary>
    public string Topic { get; }

    /// <inheritdoc/>
    public bool IsPermanent { get; internal init; }

    /// <summary>The same, and it is known that it would come again.</summary>
    internal KafkaSinkException AsPermanent() => new(Topic, Message, this) { IsPermanent = true };
}
