module gtrace.example/names

go 1.18
