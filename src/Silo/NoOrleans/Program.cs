// What is built where no package source has Orleans: there is nothing to run, and it says so.
await Console.Error.WriteLineAsync(
    "This program was built without Orleans, which no package source had: it can't run a cluster. "
    + "Add a source that has Microsoft.Orleans 10.2.2 and build again, or run the job in one process as samples/Flights does.");
return 2;
