using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// The bytes of a block's header, little-endian: kind u8, subtask i32, first and last key group i32, entries i64, then
/// operator, name, key schema and value schema, each with its length as u32 before it.
/// </summary>
internal static class BlockHeaderCodec
{
    private const int FixedLength = 1 + 3 * sizeof(int) + sizeof(long);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Encode(BlockHeader header)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var start = buffer.GetSpan(FixedLength);
        start[0] = (byte)header.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(start[1..], header.Subtask);
        BinaryPrimitives.WriteInt32LittleEndian(start[5..], header.FirstKeyGroup);
        BinaryPrimitives.WriteInt32LittleEndian(start[9..], header.LastKeyGroup);
        BinaryPrimitives.WriteInt64LittleEndian(start[13..], header.Entries);
        buffer.Advance(FixedLength);
        Append(buffer, Strict.GetBytes(header.Operator));
        Append(buffer, Strict.GetBytes(header.Name));
        Append(buffer, header.KeySchema);
        Append(buffer, header.ValueSchema);
        return buffer.WrittenSpan.ToArray();
    }

    public static BlockHeader Decode(ReadOnlySpan<byte> bytes, string file, long offset)
    {
        if (bytes.Length < FixedLength)
            throw new CorruptCheckpointException(file, offset, $"a block header of at least {FixedLength} bytes", $"{bytes.Length}");
        if (bytes[0] > (byte)BlockKind.Watermarks)
            throw new UnsupportedFormatException(file, "block kind", bytes[0], (byte)BlockKind.Watermarks);
        var reader = new Reader(bytes, FixedLength, file, offset);
        var header = new BlockHeader
        {
            Kind = (BlockKind)bytes[0],
            Subtask = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]),
            FirstKeyGroup = BinaryPrimitives.ReadInt32LittleEndian(bytes[5..]),
            LastKeyGroup = BinaryPrimitives.ReadInt32LittleEndian(bytes[9..]),
            Entries = BinaryPrimitives.ReadInt64LittleEndian(bytes[13..]),
            Operator = reader.NextText(),
            Name = reader.NextText(),
            KeySchema = reader.Next().ToArray(),
            ValueSchema = reader.Next().ToArray(),
        };
        reader.RequireEnd();
        return header;
    }

    private static void Append(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), field.Length);
        buffer.Advance(sizeof(int));
        buffer.Write(field);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, int position, string file, long offset)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _position = position;

        public ReadOnlySpan<byte> Next()
        {
            var left = _bytes.Length - _position - sizeof(int);
            var length = left >= 0 ? BinaryPrimitives.ReadInt32LittleEndian(_bytes[_position..]) : -1;
            if (length < 0 || length > left)
                throw new CorruptCheckpointException(file, offset + _position, $"a field of at most {Math.Max(0, left)} bytes", $"{length}");
            var field = _bytes.Slice(_position + sizeof(int), length);
            _position += sizeof(int) + length;
            return field;
        }

        public string NextText()
        {
            var at = _position;
            try
            {
                return Strict.GetString(Next());
            }
            catch (DecoderFallbackException e)
            {
                throw new CorruptCheckpointException(file, offset + at, "UTF-8", "something else", e);
            }
        }

        public readonly void RequireEnd()
        {
            // A newer writer may add fields only under a newer format.
            if (_position != _bytes.Length)
                throw new CorruptCheckpointException(file, offset + _position, "the end of the header", $"{_bytes.Length - _position} bytes more");
        }
    }
}
