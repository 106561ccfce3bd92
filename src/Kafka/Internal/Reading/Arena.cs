using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Where the key and the value of the record at hand lie. The client lends them only while it does not say yet which record
/// it is, so they are copied, into the same buffer each time.
/// </summary>
internal sealed class Arena : IDeserializer<Arena.Part>
{
    /// <summary>A buffer beyond this is given back after use: one huge record must not be paid for ever after.</summary>
    private const int Kept = 1 << 20;
    private byte[] _bytes = [];

    /// <param name="Length">In bytes; -1: there is none.</param>
    public readonly record struct Part(int Length)
    {
        public bool IsThere => Length >= 0;
    }

    public Part Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull)
            return new Part(-1);
        if (data.Length > _bytes.Length || _bytes.Length > Kept)
            _bytes = new byte[Math.Max(4096, data.Length + data.Length / 4)];
        data.CopyTo(_bytes);
        return new Part(data.Length);
    }

    public ReadOnlySpan<byte> this[Part part] => _bytes.AsSpan(0, Math.Max(0, part.Length));
}
