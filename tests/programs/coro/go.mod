module coro

go 1.23
