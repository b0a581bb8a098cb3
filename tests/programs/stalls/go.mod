module stalls

go 1.26
