module parks

go 1.22
