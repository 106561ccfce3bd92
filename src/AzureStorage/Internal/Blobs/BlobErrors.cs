using System.Net;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;

namespace Gristmill.AzureStorage.Internal;

/// <summary>Reads what the service and its SDK say when something fails.</summary>
internal static class BlobErrors
{
    /// <summary>Whether it is the service, the way to it or the identity that failed, and neither the caller nor his wish to stop.</summary>
    public static bool IsService(Exception e, CancellationToken cancellationToken = default) => e switch
    {
        RequestFailedException or AuthenticationFailedException or IOException or HttpRequestException => true,
        // The SDK wraps what its retries came to.
        AggregateException all => all.InnerExceptions.All(inner => IsService(inner, cancellationToken)),
        // The time for one try ran out.
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    /// <summary>The blob is not there; a missing container is something else, and an error.</summary>
    public static bool IsMissing(RequestFailedException e) => e.Status == (int)HttpStatusCode.NotFound && !Is(e, BlobErrorCode.ContainerNotFound);

    /// <summary>The range begins at or past the end.</summary>
    public static bool IsPastEnd(RequestFailedException e) => e.Status == (int)HttpStatusCode.RequestedRangeNotSatisfiable;

    /// <summary>
    /// A conditional commit was refused: the blob is not as expected, or another commit dropped our blocks. After a retry
    /// this may be the answer to a commit that had succeeded, so it is never the last word.
    /// </summary>
    public static bool IsRefusal(RequestFailedException e) =>
        e.Status == (int)HttpStatusCode.PreconditionFailed
        || Is(e, BlobErrorCode.BlobAlreadyExists)
        || Is(e, BlobErrorCode.InvalidBlockList);

    /// <summary>What went wrong, and the remedy: one sentence each.</summary>
    public static string Cause(Exception e) => e switch
    {
        RequestFailedException failed => Cause(failed),
        BlockLimitException => e.Message,
        AuthenticationFailedException => $"no token could be had for the identity: {FirstLine(e.Message)} Assign the process an identity, or give another credential.",
        AggregateException all => Cause(all.InnerExceptions[^1]),
        OperationCanceledException => "the service did not answer in time. Look at the network and the service's health; Client.Retry.NetworkTimeout sets how long one try may take.",
        _ => $"{FirstLine(e.Message)} Look at the network and the service's health.",
    };

    private static string Cause(RequestFailedException e)
    {
        if (Is(e, BlobErrorCode.ContainerNotFound))
            return "there is no such container. Make it, mend its name, or set CreateIfMissing.";
        if (Is(e, BlobErrorCode.ContainerBeingDeleted))
            return "the container is being deleted. Wait half a minute, or use another name.";
        string code = e.ErrorCode ?? $"{e.Status}";
        return e.Status switch
        {
            0 => $"the service can't be reached: {FirstLine(e.Message)} Look at the account's address and the network.",
            (int)HttpStatusCode.Unauthorized or (int)HttpStatusCode.Forbidden =>
                $"the account refuses access ({code}). Give the identity the role Storage Blob Data Contributor, or mend the connection string; see that the account's firewall lets this machine in and that its clock is right.",
            (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.ServiceUnavailable =>
                $"the account is throttled or busy ({code}). Spread the load over more accounts or raise Client.Retry.MaxRetries.",
            (int)HttpStatusCode.Conflict or (int)HttpStatusCode.PreconditionFailed =>
                $"the service refuses it ({code}): {FirstLine(e.Message)} A lease, an immutability policy or another writer may be in the way.",
            _ => $"the service says {code}: {FirstLine(e.Message)} Look at the service's health and its log.",
        };
    }

    // A failure without an answer has no code, and the SDK's own comparison takes that amiss.
    private static bool Is(RequestFailedException e, BlobErrorCode code) => e.ErrorCode == code.ToString();

    // The rest of an SDK message is headers.
    private static string FirstLine(string message)
    {
        string line = message.AsSpan().TrimStart().ToString().Split('\n', 2)[0].Trim();
        return line.EndsWith('.') ? line : line + ".";
    }
}
