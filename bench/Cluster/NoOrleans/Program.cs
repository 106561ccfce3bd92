Console.Error.WriteLine("Built without Orleans: no package source had Microsoft.Orleans 10.2.2 when the solution was restored. Add one and run 'dotnet build Orleans.sln -c Release'.");
return 2;
