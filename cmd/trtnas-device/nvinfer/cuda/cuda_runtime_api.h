/* What TensorRT's headers want of CUDA's runtime API: the two types, as the driver API has them. So they compile without it. */
#ifndef TRTNAS_CUDA_RUNTIME_API_H
#define TRTNAS_CUDA_RUNTIME_API_H

typedef struct CUevent_st *cudaEvent_t;
typedef struct CUstream_st *cudaStream_t;

#endif
