using Azure.Storage.Blobs;

namespace Gristmill.AzureStorage.Internal;

/// <summary>What can be wrong with the way to a container before anybody has gone it.</summary>
internal static class ContainerFaults
{
    public static IEnumerable<string> OfConnectionString(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            return ["The connection string is empty; give the one the portal shows under the account's access keys, or an account URI and a credential."];
        try
        {
            _ = new BlobServiceClient(connectionString);
            return [];
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            // Neither its value nor the parser's message, which may quote it: it has the account's key in it.
            return ["The connection string can't be read; give it whole, as the portal shows it under the account's access keys."];
        }
    }

    public static IEnumerable<string> OfAccount(Uri? account)
    {
        if (account is null || !account.IsAbsoluteUri)
            return [$"The account is '{account}'; give the whole URI of its blob endpoint, as https://account.blob.core.windows.net."];
        // Only what comes before the query: a shared access signature there is a secret.
        string shown = account.GetLeftPart(UriPartial.Path);
        if (account.Query.Length > 0)
            return [$"The account is '{shown}?…'; leave out what follows the '?'. A shared access signature goes into a connection string."];
        return account.Scheme == Uri.UriSchemeHttps
            ? []
            : [$"The account is '{shown}'; use https, since an identity's token must not travel in the clear."];
    }

    public static IEnumerable<string> OfName(string name)
    {
        bool fits = name.Length is >= 3 and <= 63
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
        return fits ? [] : [$"The container is '{name}'; use 3 to 63 small letters, digits and single hyphens between them."];
    }

    /// <summary>The faults of a folder in a container; empty is the container itself.</summary>
    public static IEnumerable<string> OfFolder(string? folder) => folder is not null && (folder.Length == 0 || Checkpoints.ObjectName.IsValid(folder))
        ? []
        : [$"The folder is '{folder}'; use parts of letters, digits and -_+=@. joined by '/', with no '/' at either end, or leave it empty."];
}
