using Confluent.Kafka;

namespace Gristmill.Kafka;

/// <summary>The headers of a record, in their order; a name may occur more than once.</summary>
public readonly struct KafkaHeaders
{
    private readonly Headers _headers;

    internal KafkaHeaders(Headers headers) => _headers = headers;

    /// <summary>How many there are.</summary>
    public int Count => _headers.Count;

    /// <summary>One of them.</summary>
    /// <param name="index">0 up to <see cref="Count"/>.</param>
    public KafkaHeader this[int index] => new(_headers[index].Key, _headers[index].GetValueBytes());

    /// <summary>Finds the last one of a name, which is the one that counts.</summary>
    /// <param name="name">The name, in its exact case.</param>
    /// <param name="header">The header.</param>
    /// <returns>False: there is none.</returns>
    public bool TryGetLast(string name, out KafkaHeader header)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            header = this[i];
            if (header.Name == name)
                return true;
        }

        header = default;
        return false;
    }
}

/// <summary>A header of a record.</summary>
public readonly struct KafkaHeader
{
    private readonly byte[]? _value;

    internal KafkaHeader(string name, byte[]? value) => (Name, _value) = (name, value);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its bytes; empty where there is no value.</summary>
    public ReadOnlySpan<byte> Value => _value;

    /// <summary>Whether it has a value, which may be empty.</summary>
    public bool HasValue => _value is not null;
}
