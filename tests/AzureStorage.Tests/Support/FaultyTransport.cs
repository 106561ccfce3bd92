using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Gristmill.AzureStorage.Tests;

/// <summary>What becomes of a request.</summary>
public enum Fate
{
    /// <summary>It is sent and answered.</summary>
    Passes,

    /// <summary>It never arrives.</summary>
    NeverArrives,

    /// <summary>It is carried out, but the answer is lost.</summary>
    AnswerIsLost,
}

/// <summary>The way to the service, with faults: the SDK above it tries again as it does on a bad network.</summary>
public sealed class FaultyTransport(Func<Request, int, Fate> decide) : HttpPipelineTransport
{
    private readonly HttpClientTransport _inner = new(new HttpClient());
    private int _count;

    /// <summary>Requests so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Loses the answers to the first so many requests of a kind.</summary>
    public static FaultyTransport LosingAnswers(Func<Request, bool> kind, int times = 1)
    {
        int left = times;
        return new FaultyTransport((request, _) => kind(request) && Interlocked.Decrement(ref left) >= 0 ? Fate.AnswerIsLost : Fate.Passes);
    }

    /// <summary>Is a commit of a block list.</summary>
    public static bool IsCommit(Request request) => request.Method == RequestMethod.Put && request.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal);

    public override Request CreateRequest() => _inner.CreateRequest();

    public override void Process(HttpMessage message)
    {
        Fate fate = Next(message);
        ThrowIf(fate == Fate.NeverArrives);
        _inner.Process(message);
        ThrowIf(fate == Fate.AnswerIsLost);
    }

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        Fate fate = Next(message);
        ThrowIf(fate == Fate.NeverArrives);
        await _inner.ProcessAsync(message);
        ThrowIf(fate == Fate.AnswerIsLost);
    }

    private Fate Next(HttpMessage message) => decide(message.Request, Interlocked.Increment(ref _count));

    private static void ThrowIf(bool fails)
    {
        if (fails)
            throw new RequestFailedException("planted: the connection was reset");
    }
}
