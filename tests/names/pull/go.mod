module gtrace.example/pull

go 1.23
