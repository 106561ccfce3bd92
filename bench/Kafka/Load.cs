using System.Diagnostics;
using Confluent.Kafka;

namespace Gristmill.KafkaBench;

/// <summary>Writes records at a rate until it is disposed, on a thread of its own.</summary>
internal sealed class Load : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _over;

    /// <param name="topics">Where to.</param>
    /// <param name="perSecond">The rate.</param>
    /// <param name="key">The key of a record, which is numbered from 0.</param>
    /// <param name="onWritten">Told the number of each record, just before it is handed to the client; null: nobody.</param>
    public Load(Topics topics, long perSecond, Func<long, long> key, Action<long>? onWritten = null)
    {
        _thread = new Thread(() =>
        {
            using IProducer<byte[], byte[]> producer = topics.OpenProducer(lingerMs: 1);
            long started = Stopwatch.GetTimestamp();
            for (long number = 0; !_over;)
            {
                long due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond);
                for (; number < due; number++)
                {
                    onWritten?.Invoke(number);
                    topics.Write(producer, key(number), number);
                }

                Thread.Sleep(1);
            }
        });
        _thread.Start();
    }

    public void Dispose()
    {
        _over = true;
        _thread.Join();
    }
}
