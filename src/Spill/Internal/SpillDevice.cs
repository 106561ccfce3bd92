using FASTER.core;
using Microsoft.Win32.SafeHandles;

namespace Gristmill.Spill;

/// <summary>
/// The files of a log. FASTER's own device writes through to the disk, which scratch need not; this one leaves when to the
/// operating system, and is done when a call returns: a page is copied faster than a task is waited for.
/// </summary>
internal sealed class SpillDevice(string path) : StorageDeviceBase(path, SectorBytes, Devices.CAPACITY_UNSPECIFIED)
{
    private const uint SectorBytes = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SafeFileHandle> _files = [];

    /// <summary>Why a call failed; FASTER only keeps a number.</summary>
    public Exception? Error { get; private set; }

    public override unsafe void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
        => Do(numBytesToWrite, callback, context, () =>
        {
            HandleCapacity(segmentId);
            RandomAccess.Write(FileOf(segmentId), new ReadOnlySpan<byte>((void*)sourceAddress, (int)numBytesToWrite), (long)destinationAddress);
            return numBytesToWrite;
        });

    public override unsafe void ReadAsync(
        int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
        => Do(readLength, callback, context, () => (uint)RandomAccess.Read(FileOf(segmentId), new Span<byte>((void*)destinationAddress, (int)readLength), (long)sourceAddress));

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        RemoveSegment(segment);
        callback(result);
    }

    public override void RemoveSegment(int segment)
    {
        lock (_lock)
        {
            if (_files.Remove(segment, out SafeFileHandle? file))
                file.Dispose();
        }

        File.Delete(GetSegmentFilename(FileName, segment));
    }

    public override void Dispose()
    {
        lock (_lock)
        {
            foreach ((int segment, SafeFileHandle file) in _files)
            {
                file.Dispose();
                File.Delete(GetSegmentFilename(FileName, segment));
            }

            _files.Clear();
        }
    }

    private void Do(uint bytes, DeviceIOCompletionCallback callback, object context, Func<uint> act)
    {
        uint error = 0;
        try
        {
            bytes = act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (Error, error, bytes) = (e, (uint)e.HResult, 0);
        }

        callback(error, bytes, context);
    }

    private SafeFileHandle FileOf(int segment)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(segment, out SafeFileHandle? file))
                _files.Add(segment, file = File.OpenHandle(GetSegmentFilename(FileName, segment), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
            return file;
        }
    }
}
