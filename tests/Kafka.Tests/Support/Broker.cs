using System.Runtime.CompilerServices;

namespace Gristmill.Kafka.Tests;

/// <summary>The broker the tests talk to, and the script that starts others, where there are any.</summary>
public static class Broker
{
    public const string Reason = "GRISTMILL_KAFKA is not set; set it to the address of a Kafka broker without security, HOST:PORT, on which topics may be made (docs/kafka.md).";

    public const string ScriptReason = "GRISTMILL_KAFKA_BROKER is not set; set it to a script that starts and kills brokers (docs/kafka.md says what it must do).";

    public static string Address { get; } = Environment.GetEnvironmentVariable("GRISTMILL_KAFKA") ?? "";

    public static string Script { get; } = Environment.GetEnvironmentVariable("GRISTMILL_KAFKA_BROKER") ?? "";

    public static bool IsThere => Address.Length > 0;

    public static bool CanBeKilled => Script.Length > 0;

    public static bool HasClient => KafkaClient.WhyMissing is null;

    public static KafkaConnection Connection => new(Address);
}

/// <summary>A fact that needs a broker.</summary>
public sealed class BrokerFactAttribute : FactAttribute
{
    public BrokerFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (Broker.Reason, nameof(Broker.IsThere), typeof(Broker));
}

/// <summary>A theory that needs a broker.</summary>
public sealed class BrokerTheoryAttribute : TheoryAttribute
{
    public BrokerTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (Broker.Reason, nameof(Broker.IsThere), typeof(Broker));
}

/// <summary>A fact that kills brokers of its own.</summary>
public sealed class OwnBrokerFactAttribute : FactAttribute
{
    public OwnBrokerFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (Broker.ScriptReason, nameof(Broker.CanBeKilled), typeof(Broker));
}

/// <summary>A fact that needs librdkafka, but nobody to talk to.</summary>
public sealed class ClientFactAttribute : FactAttribute
{
    public ClientFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = ("librdkafka is neither in a package nor installed (docs/kafka.md).", nameof(Broker.HasClient), typeof(Broker));
}

/// <summary>A theory that needs librdkafka, but nobody to talk to.</summary>
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    public ClientTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = ("librdkafka is neither in a package nor installed (docs/kafka.md).", nameof(Broker.HasClient), typeof(Broker));
}
