using System.Runtime.InteropServices;
using System.Text;

namespace Gristmill.Codec;

public ref partial struct ByteReader
{
    // Strict: bytes that aren't UTF-8 are damage and must not become replacement characters.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a string written by <see cref="ByteWriter.WriteString"/>.</summary>
    public string ReadString()
    {
        var value = ReadNullableString();
        if (value is null)
            Fail("a string", "null");
        return value;
    }

    /// <summary>Reads a string written by <see cref="ByteWriter.WriteNullableString"/>.</summary>
    public string? ReadNullableString()
    {
        var bytes = ReadStringBytes(out var isNull, out var isUtf16);
        if (isNull)
            return null;
        if (isUtf16)
            return string.Create(bytes.Length / 2, bytes, static (chars, from) => from.CopyTo(MemoryMarshal.AsBytes(chars)));
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new CorruptDataException(_position, "UTF-8", "other bytes", e);
        }
    }

    internal void SkipString() => ReadStringBytes(out _, out _);

    private ReadOnlySpan<byte> ReadStringBytes(out bool isNull, out bool isUtf16)
    {
        var header = ReadVarUInt();
        isNull = header == 0;
        isUtf16 = !isNull && ((header - 1) & 1) != 0;
        if (isNull)
            return default;
        var size = CheckCount((header - 1) >> 1, 1);
        if (isUtf16 && (size & 1) != 0)
            Fail("UTF-16 in an even number of bytes", $"{size}");
        return ReadBytes(size);
    }
}
