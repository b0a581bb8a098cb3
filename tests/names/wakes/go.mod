module gtrace.example/wakes

go 1.18
