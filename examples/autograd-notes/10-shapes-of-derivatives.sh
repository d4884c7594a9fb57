# In numerator layout ∂y/∂x has the shape of y followed by the shape of x.

# A scalar by a scalar, by a vector and by a matrix.
gradcli jacobian "x**2" --x 3 --format json
# => jacobian.x: 6
gradcli jacobian "dot(a, x)" --a 1,2,3 --x 4,5,6 --wrt x --format json
# => jacobian.x: [1, 2, 3]
gradcli jacobian "dot(u, A@v)" --u 1,2 --A "1,2,3;4,5,6" --v 1,0,-1 --wrt A --format json
# => jacobian.A: [[1, 0, -1], [2, 0, -2]]

# A vector by a scalar and by a vector.
gradcli jacobian "[t, t**2, t**3]" --t 2 --format json
# => jacobian.t: [1, 4, 12]
gradcli jacobian "A@x" --A "1,2;3,4;5,6" --x 1,1 --wrt x --format json
# => jacobian.x: [[1, 2], [3, 4], [5, 6]]

# A vector by a matrix has three indices: ∂yᵢ/∂Aⱼₖ is xₖ where i = j.
gradcli jacobian "A@x" --A "1,2;3,4" --x 5,6 --wrt A --format json
# => jacobian.A: [[[5, 6], [0, 0]], [[0, 0], [5, 6]]]

# A matrix by a matrix has four: ∂Yᵢⱼ/∂Xₖₗ is Aᵢₖ where j = l.
gradcli jacobian "A@X" --A "1,2;3,4" --X "1,0;0,1" --wrt X --format json
# => jacobian.X: [[[[1, 0], [2, 0]], [[0, 1], [0, 2]]], [[[3, 0], [4, 0]], [[0, 3], [0, 4]]]]
