using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Gristmill.Files.Internal;

/// <summary>
/// The texts one column has held lately, by their bytes: a value that comes again costs a look-up instead of a string. A
/// cache and not a pool: it has a fixed number of places, a new text takes over an old one's, and a column whose values do
/// not come again gives up on it.
/// </summary>
internal sealed class TextCache
{
    private const int Places = 4096, Probes = 4, LongestText = 64;

    /// <summary>After this many misses it must have had an eighth as many hits.</summary>
    private const int Trial = 16384;

    private static readonly Entry[] Off = [];

    private Entry[] _entries = new Entry[Places];
    private int _hits;
    private int _misses;

    private struct Entry
    {
        public byte[]? Bytes;
        public string Text;
    }

    /// <summary>The text, or false if the bytes are not UTF-8.</summary>
    public bool TryGet(ReadOnlySpan<byte> bytes, out string text)
    {
        if (bytes.Length is 0 or > LongestText || _entries.Length == 0)
            return TryDecode(bytes, out text);
        uint home = Hash(bytes);
        for (uint i = 0; i < Probes; i++)
        {
            ref Entry entry = ref _entries[(home + i) % Places];
            if (entry.Bytes is null)
                return TryAdd(ref entry, bytes, out text);
            if (bytes.SequenceEqual(entry.Bytes))
            {
                _hits++;
                text = entry.Text;
                return true;
            }
        }
        return TryAdd(ref _entries[home % Places], bytes, out text);
    }

    private bool TryAdd(ref Entry entry, ReadOnlySpan<byte> bytes, out string text)
    {
        if (!TryDecode(bytes, out text))
            return false;
        entry.Bytes = bytes.ToArray();
        entry.Text = text;
        if (++_misses == Trial)
        {
            if (_hits < Trial / 8)
                _entries = Off;
            _hits = _misses = 0;
        }
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        bool valid = Utf8.IsValid(bytes);
        text = valid ? Encoding.UTF8.GetString(bytes) : "";
        return valid;
    }

    /// <summary>Two overlapping words and the length decide for texts up to 16 bytes; longer ones differ there more often than not.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        ulong word;
        if (bytes.Length >= 8)
            word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ BitOperations.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]), 29);
        else if (bytes.Length >= 4)
            word = BinaryPrimitives.ReadUInt32LittleEndian(bytes) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32);
        else
            word = bytes[0] | ((uint)bytes[bytes.Length / 2] << 8) | ((uint)bytes[^1] << 16);
        return (uint)(((word + (uint)bytes.Length) * 0x9E3779B97F4A7C15) >> 40);
    }
}
