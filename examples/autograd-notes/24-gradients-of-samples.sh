# A batch gives one gradient, because the losses of its samples are added up before backward() is called. Here
# each sample has its own: one run of the program, replayed on all rows at once.
gradcli batch "(w*x - y)**2" --data 24-rows.csv --w 1.5 --wrt w --command grad --format jsonl | head -n 1
# => value: 0.25
# => gradients.w: -1
gradcli batch "(w*x - y)**2" --data 24-rows.csv --w 1.5 --wrt w --command grad --format jsonl | tail -n 1
# => value: 0.25
# => gradients.w: 3

# Their sum is the gradient of the batch, ...
gradcli batch "(w*x - y)**2" --data 24-rows.csv --w 1.5 --wrt w --command grad --accumulate --format json
# => value: 4.5
# => gradients.w: -6

# ... which a program over the whole columns has, too.
gradcli grad "sum((w*x - y)**2)" --x 1,2,3 --y 2,5,4 --w 1.5 --wrt w --format json
# => value: 4.5
# => gradients.w: -6
