using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Gristmill.Codec;

public sealed partial class ByteWriter
{
    // Up to here the longest UTF-8 form (3 bytes a char, 63) still has a header of one byte: one pass, no counting first.
    private const int ShortString = 21;

    /// <summary>Writes a string: a header with its length in bytes, then UTF-8.</summary>
    /// <remarks>
    /// A string with half a surrogate pair has no UTF-8 form. It is kept as UTF-16, which the header says:
    /// a key that came back changed would be another key.
    /// </remarks>
    public void WriteString(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length <= ShortString)
            WriteShortString(value);
        else
            WriteLongString(value);
    }

    /// <summary>Writes a string, or one zero byte for null.</summary>
    public void WriteNullableString(string? value)
    {
        if (value is null)
            WriteByte(0);
        else
            WriteString(value);
    }

    private void WriteShortString(string value)
    {
        Ensure(1 + (3 * ShortString));
        var room = _buffer.AsSpan(_length + 1);
        if (Utf8.FromUtf16(value, room, out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            WriteUtf16(value);
            return;
        }
        _buffer[_length] = (byte)Utf8Header(written);
        _length += 1 + written;
    }

    private void WriteLongString(string value)
    {
        var start = _length;
        var size = Encoding.UTF8.GetByteCount(value);
        WriteVarUInt(Utf8Header(size));
        Ensure(size);
        if (Utf8.FromUtf16(value, _buffer.AsSpan(_length), out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            _length = start;
            WriteUtf16(value);
            return;
        }
        _length += written;
    }

    private void WriteUtf16(string value)
    {
        var bytes = MemoryMarshal.AsBytes(value.AsSpan());
        WriteVarUInt((((ulong)bytes.Length << 1) | 1) + 1);
        WriteBytes(bytes);
    }

    private static ulong Utf8Header(int size) => ((ulong)size << 1) + 1;
}
